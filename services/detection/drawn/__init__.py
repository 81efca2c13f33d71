"""Drawn pairs: screens, charts, maps, documents and drawings, compared by what their pixels prove."""
