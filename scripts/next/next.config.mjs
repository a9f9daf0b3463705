export default { serverExternalPackages: ['@alligator/core', '@alligator/sqlite', 'better-sqlite3'] }
