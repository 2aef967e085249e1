"""Jobs: the interface of django-tasks with a backend of ours."""
