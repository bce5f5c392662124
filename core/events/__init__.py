"""Events of a system: rings that workers write, the bus that reads them, alerts."""
