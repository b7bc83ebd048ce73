"""What a trained network is used for: reading pictures, evaluating, comparing, inspecting."""
