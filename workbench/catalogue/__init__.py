"""Find scenarios and check the parameters that a user gives them."""
