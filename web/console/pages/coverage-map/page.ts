import { MapLocation } from '@element-plus/icons-vue'
import { definePage } from '../../app/page'

export default definePage({
  name: 'coverage-map',
  path: '/coverage-map',
  title: { zh: '覆盖图', en: 'Coverage map' },
  menu: { group: 'see', order: 20, icon: MapLocation },
  component: () => import('./CoverageMapPage.vue'),
})
