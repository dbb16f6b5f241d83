"""Bedrock: arithmetic of the field as pure functions. No Django, no clock, no chance; time is an argument."""
