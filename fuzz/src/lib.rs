//! Fuzz targets: their logic, and a smoke test of each.
