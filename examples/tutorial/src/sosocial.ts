import Database from 'better-sqlite3'

const db = new Database(process.env.DATABASE ?? 'sosocial.db')
db.exec(`
  CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, message TEXT);
  INSERT OR IGNORE INTO users (email) VALUES
    ('ben@example.com'), ('cleo@example.com'), ('dev@example.com'), ('edda@example.com');
`)

export function addPost(message: string): number {
  return Number(db.prepare('INSERT INTO posts (message) VALUES (?)').run(message).lastInsertRowid)
}

export function messageOf(postId: number): string {
  return String(db.prepare('SELECT message FROM posts WHERE id = ?').pluck().get(postId))
}

export function countPosts(): number {
  return Number(db.prepare('SELECT count(*) FROM posts').pluck().get())
}

export function emailOf(userId: number): string {
  return String(db.prepare('SELECT email FROM users WHERE id = ?').pluck().get(userId))
}

export function followers(): number[] {
  return db.prepare('SELECT id FROM users').pluck().all().map(Number)
}
