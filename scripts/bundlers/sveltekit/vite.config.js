import { sveltekit } from '@sveltejs/kit/vite'

export default { plugins: [sveltekit()], build: { minify: Boolean(process.env.MINIFY) } }
