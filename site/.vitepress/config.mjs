import fs from 'node:fs'
import { createRequire } from 'node:module'

import { defineConfig } from 'vitepress'

const require = createRequire(import.meta.url)
const { blocks } = require('../blocks.js')
const { githubSlug } = require('../github-slug.js')
const { links, repository } = require('../links.js')
const { ROOT, TYPES, allPages } = require('../pages.js')
const { sidebar } = require('../sidebar.js')

const pages = allPages()
const { description } = JSON.parse(fs.readFileSync(`${ROOT}/package.json`, 'utf8'))

/** Braces in a padlock's colour; in the page itself, so that browsers ask for nothing. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0072b2"/>' +
  '<text x="16" y="23" font-family="monospace" font-size="20" text-anchor="middle" fill="white">{}</text></svg>'

/** What is no page, in folders that have some, and whole folders that have none. */
const excluded = fs
  .readdirSync(ROOT, { withFileTypes: true })
  .filter(
    ({ name }) => !Object.keys(pages).some(file => file === name || file.startsWith(`${name}/`)),
  )
  .map(entry => (entry.isDirectory() ? `${entry.name}/**` : entry.name))

/** The pages stand outside of this folder, where Vue is: while they are rendered it is left to Node to find it from here. */
const findVue = {
  name: 'find-vue',
  enforce: 'pre',
  resolveId: (id, importer, { ssr }) =>
    ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : null,
}

export default defineConfig({
  title: 'tls-json-native',
  description,
  lang: 'en',
  // Below a folder, where it is published so.
  base: process.env.SITE_BASE || '/',
  srcDir: ROOT,
  srcExclude: [...excluded, `build/!(${TYPES.split('/').at(-1)})/**`, 'build/*.md'],
  rewrites: pages,
  outDir: `${ROOT}/build/site`,
  cacheDir: `${ROOT}/build/site-cache`,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  markdown: {
    anchor: { slugify: githubSlug },
    toc: { slugify: githubSlug },
    config(markdown) {
      markdown.use(links).use(blocks)
    },
  },
  vite: {
    publicDir: false,
    plugins: [findVue],
    build: { chunkSizeWarningLimit: 2000 },
    server: { host: '127.0.0.1', watch: { ignored: excluded.map(name => `${ROOT}/${name}`) } },
  },
  themeConfig: {
    nav: [
      { text: 'Documents', link: '/documents' },
      { text: 'API', link: '/reference/api' },
      { text: 'Types', link: '/types/' },
      { text: 'Changes', link: '/changelog' },
      // In words: while one writes, VitePress fetches icons from elsewhere.
      { text: 'Source', link: repository() },
    ],
    sidebar: sidebar(),
    outline: 'deep',
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
  },
})
