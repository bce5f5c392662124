"""Find the scenarios there are and check the parameters a user gives them."""
