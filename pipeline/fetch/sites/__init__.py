"""The sites whose pieces are fetched, one small file each: the parts of a URL in, the piece or the reason out."""
