/** What an app on SvelteKit is made of, in versions that go together. */
export const SVELTEKIT = [
  '@sveltejs/kit@2.70.4',
  '@sveltejs/adapter-node@5.5.7',
  '@sveltejs/vite-plugin-svelte@6.2.3',
  'svelte@5.57.3',
  'vite@7.3.8',
]
