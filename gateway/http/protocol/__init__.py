"""Parts of RFC 9110 that no route has of its own: methods, conditions."""
