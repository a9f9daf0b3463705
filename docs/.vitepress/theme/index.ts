import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import './brand.css'
import './home.css'
import { keepChoices } from './same-language.js'

export default {
  extends: DefaultTheme,
  enhanceApp: ({ router }) => keepChoices(router),
} satisfies Theme
