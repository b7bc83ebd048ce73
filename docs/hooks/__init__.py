"""What turns the files of this folder into the site, besides MkDocs itself."""
