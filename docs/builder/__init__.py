"""Turns lessons into the pages, notebooks and downloads that MkDocs publishes.

Data flows one way, each stage a module:

    read -> check -> run (cached) -> localise -> page, notebook -> course (the only one that writes)

``python -m docs.builder`` runs them without MkDocs; ``hooks.py`` lets MkDocs call them.
"""
