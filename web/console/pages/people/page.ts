import { Iphone } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'people',
  path: '/people',
  title: { zh: '人员与设备', en: 'People and devices' },
  menu: { group: 'people', order: 20, icon: Iphone },
  component: () => import('./PeoplePage.vue'),
})
