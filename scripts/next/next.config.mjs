export default {
  serverExternalPackages: ['@alligator/core', '@alligator/dashboard', '@alligator/sqlite', 'better-sqlite3'],
}
