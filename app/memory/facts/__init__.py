"""Facts: from proposals to what is believed, when."""
