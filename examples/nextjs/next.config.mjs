// They find each other and the driver among what is installed, and not within a bundle.
export default {
  serverExternalPackages: ['@alligator/core', '@alligator/dashboard', '@alligator/sqlite', 'better-sqlite3'],
}
