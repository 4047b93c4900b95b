// The console's build. Nothing in it comes from another host, and nothing is inline: the server's policy allows neither.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env.TEPAI_SERVER ?? 'http://127.0.0.1:8020'

/** Scripts and styles of the page that most people land on come with the first ones, not after them. */
function withLandingPage(): Plugin {
  return {
    name: 'landing-page',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
        const wanted = new Set<string>()
        const styles = new Set<string>()
        const want = (name: string) => {
          const chunk = chunks.find(({ fileName }) => fileName === name)
          if (!chunk || wanted.has(name) || html.includes(name)) return
          wanted.add(name)
          for (const style of chunk.viteMetadata?.importedCss ?? []) if (!html.includes(style)) styles.add(style)
          chunk.imports.forEach(want)
        }
        const landing = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('pages/overview/OverviewPage.vue'))
        if (landing) want(landing.fileName)
        const link = (rel: string, name: string) => ({ tag: 'link', attrs: { rel, crossorigin: true, href: `/${name}` }, injectTo: 'head' as const })
        return [...[...styles].map((name) => link('stylesheet', name)), ...[...wanted].map((name) => link('modulepreload', name))]
      },
    },
  }
}

export default defineConfig({
  root: here('.'),
  resolve: { alias: { '@shared': here('../shared'), '@console': here('.') } },
  plugins: [
    vue(),
    withLandingPage(),
    Components({ dirs: [], dts: false, resolvers: [ElementPlusResolver({ importStyle: 'css', directives: false })] }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: 'chrome86',
    cssTarget: 'chrome86',
    // Every small file stays a file: a policy without `data:` scripts and fonts needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 700,
  },
  // `npm run dev` shows a server that runs beside it.
  server: { proxy: { '/v1': server, '/healthz': server } },
})
