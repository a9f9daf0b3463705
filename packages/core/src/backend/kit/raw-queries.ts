// Statements with their parameters, as libraries want them that an app has its transaction from. None of these is imported.

/** A query as Kysely compiles it. */
export function kyselyQuery(sql: string, parameters: readonly unknown[]): object {
  const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
  return { sql, parameters, query, queryId: { queryId: 'alligator' } }
}

/** A query as Drizzle asks for it. */
export function drizzleQuery(sql: string, params: readonly unknown[]): object {
  const query = { toQuery: () => ({ sql, params }), getSQL: () => query }
  return query
}

/** The rows in what a library answers: they themselves, with something beside them, or within. */
export function rowsOf(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer)) return (answer as { rows?: readonly unknown[] } | undefined)?.rows ?? []
  return Array.isArray(answer[0]) ? (answer[0] as readonly unknown[]) : answer
}
