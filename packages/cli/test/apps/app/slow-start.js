console.log('it loads')
await new Promise(() => setInterval(() => undefined, 1000))
