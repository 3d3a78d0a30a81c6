"""Tables in and out: a clerk's sheet is read, tried, written, taken back; a list is taken along as a file or on paper.

It knows sheets, rows and cells, no unit and no person: what a row means is said by the room that registers an
importer.
"""
