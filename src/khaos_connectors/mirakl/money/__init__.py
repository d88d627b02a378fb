"""What the operator pays out, and why."""
