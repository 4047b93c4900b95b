import { Calendar } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'calendar',
  path: '/calendar',
  title: { zh: '走访日历', en: 'Calendar' },
  menu: { group: 'see', order: 50, icon: Calendar },
  component: () => import('./CalendarPage.vue'),
})
