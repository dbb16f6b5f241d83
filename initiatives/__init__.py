"""What we do: strategic goals, programmes, commissioning initiatives, their projects, milestones and monthly updates."""
