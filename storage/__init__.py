"""Requests, quotas, clips and media files: all that must survive a restart."""
