"""Issues that are like one another: offered before one is raised and on the desk, and grouped into common problems."""
