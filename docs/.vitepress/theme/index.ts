import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import './brand.css'
import './home.css'

// VitePress looks for a default export.
export default { extends: DefaultTheme } satisfies Theme
