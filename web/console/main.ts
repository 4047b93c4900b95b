import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { i18n, language, speak } from '@shared/words'
import App from './App.vue'
import { queries } from './app/query'
import { router } from './app/router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/print.css'

speak(language())
createApp(App).use(i18n).use(VueQueryPlugin, { queryClient: queries }).use(router).mount('#app')
