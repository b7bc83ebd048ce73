"""The mathematics: layers, losses, networks, optimizers and what measures them."""
