"""The engines behind the ports, in pairs. Only app.compose imports from here."""
