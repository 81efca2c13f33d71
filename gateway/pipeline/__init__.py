"""The way of a job through its stages. The database is the record, Redis only rings the bell."""
