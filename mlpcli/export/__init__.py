"""A trained network for other programs, small devices and the browser.

`exported` reduces trained weights to what predicting needs, and `formats` chooses the module that
writes it: `json_file`, `onnx_file`, `safetensors_file`, `c_header`, or `page`, a page to draw on.
"""
