import express from 'express'
import { publish } from './posts.js'

const app = express()
app.use(express.urlencoded())

app.post('/posts', async (request, response) => {
  const start = performance.now()
  const postId = await publish(String(request.body.message))
  response.send(`post ${postId} took ${Math.round(performance.now() - start)} ms\n`)
})

const port = Number(process.env.PORT ?? 3000)
app.listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}`))
