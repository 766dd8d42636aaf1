"""Alembic's entry: runs migrations on the connection that `db.schema` hands over."""

from alembic import context

from jacana.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
