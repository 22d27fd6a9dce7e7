"""Export and import: a tenant's memory, or everybody's, as lines of JSON that any graph store can write and read."""

from app.memory.transfer.exporting import Export, Page
from app.memory.transfer.importing import Import, Moved, Plan
from app.memory.transfer.lines import split

__all__ = ["Export", "Import", "Moved", "Page", "Plan", "split"]
