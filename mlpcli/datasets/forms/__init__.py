"""Pages with boxes to write digits in: printing them, and cutting them out of photos again.

`layout` says where everything is on a page, and `code` writes that on the page itself. `printing`
draws a page. `finding` and `reading` find it in a photo, `cutting` makes a picture of each box, and
`collecting` puts the pictures into a folder for each class.
"""
