export default defineNitroConfig({
  srcDir: 'server',
  compatibilityDate: '2025-01-01',
  minify: Boolean(process.env.MINIFY),
})
