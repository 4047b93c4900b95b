import { List } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'villages',
  path: '/villages',
  title: { zh: '村列表', en: 'Villages' },
  menu: { group: 'see', order: 30, icon: List },
  component: () => import('./VillagesPage.vue'),
})
