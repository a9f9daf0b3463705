import type { Statement } from './statements.js'

/** What the server tells of itself, for `alligator doctor`. */
export const HEALTH: Readonly<
  Record<
    'columns' | 'indexes' | 'settings' | 'rows' | 'snapshots' | 'sight' | 'durability' | 'clock',
    Statement
  >
> = {
  // $1 the schema, $2 the tables.
  columns: {
    text: `SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attname COLLATE "C")
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) GROUP BY c.relname`,
  },
  // $1 the schema, $2 the table.
  indexes: {
    text: `SELECT i.relname, x.indisvalid, regexp_replace(pg_get_indexdef(x.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING', '\\1USING')
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = $1 AND t.relname = $2`,
  },
  settings: {
    text: `SELECT unnest(c.reloptions) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`,
  },
  rows: {
    text: `SELECT n_live_tup::float8, n_dead_tup::float8, extract(epoch FROM now() - greatest(last_vacuum, last_autovacuum))::float8,
  current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on'
FROM pg_catalog.pg_stat_user_tables WHERE schemaname = $1 AND relname = $2`,
  },
  // Whoever keeps the server from removing what is dead: the oldest first. Seconds are not known of a slot.
  snapshots: {
    text: `SELECT holder, seconds, age(xmin)::float8 FROM (
  SELECT concat_ws(' ', 'process', pid, 'of user', usename, nullif(application_name, '')) AS holder,
    extract(epoch FROM now() - xact_start)::float8 AS seconds, backend_xmin AS xmin
  FROM pg_catalog.pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
  UNION ALL
  SELECT 'the prepared transaction ' || gid, extract(epoch FROM now() - prepared)::float8, transaction
  FROM pg_catalog.pg_prepared_xacts
  UNION ALL
  SELECT 'the replication slot ' || slot_name, NULL, xmin FROM pg_catalog.pg_replication_slots WHERE xmin IS NOT NULL
) AS held ORDER BY age(xmin) DESC LIMIT 1`,
  },
  // Whether this user sees what the sessions of others hold.
  sight: { text: `SELECT pg_has_role('pg_read_all_stats', 'usage')` },
  durability: {
    text: `SELECT name FROM pg_catalog.pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name`,
  },
  clock: { text: 'SELECT extract(epoch FROM clock_timestamp())::float8' },
}
