"""The parts of a C header.

`literals` writes numbers and texts, `quantization` makes weights and activations of 8 bits,
`networks` writes a network with either, and `comment` what stands at the top. What is the same for
every network is in the files that end with .c.
"""
