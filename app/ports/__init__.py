"""What the product needs from the outside world: small protocols, frozen values in and out."""
