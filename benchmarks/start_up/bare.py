"""A program as typer's own documentation begins with: two commands, and nothing else."""

import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    """Say hello to NAME."""
    print(f"Hello {name}")


@app.command()
def goodbye(name: str, *, formal: bool = False) -> None:
    """Say goodbye to NAME."""
    print(f"Goodbye {name}{'.' if formal else '!'}")


if __name__ == "__main__":
    app()
