"""Tests of ingest: every form of a source, what is rejected and why, what becomes of files."""
