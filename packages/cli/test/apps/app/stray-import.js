void Promise.reject(new Error('astray'))
await new Promise(() => setInterval(() => undefined, 1000))
