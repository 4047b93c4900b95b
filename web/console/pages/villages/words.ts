import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    title: '村列表',
    caption: '村列表，按距上次通过审核的走访天数排列',
    filter: { industry: '产业', state: '状态', search: '村名或特派员', period: '月份' },
    state: {
      overdue: '逾期',
      due: '在间隔内',
      visited: '本期已访',
      unvisited: '本期未访',
      unassigned: '未派驻',
      unknown: '可能已走访',
    },
    column: { township: '乡镇', village: '村', industries: '产业', commissioners: '责任特派员', last: '上次走访', days: '天数', visits: '{month}走访', state: '状态' },
    unknownHelp: '{names} 的手机尚未上传，可能已经走访',
    unserved: '{industries}无对口特派员',
    none: '没有符合条件的村。',
  },
  {
    title: 'Villages',
    caption: 'Villages by days since the last approved visit',
    filter: { industry: 'Industry', state: 'State', search: 'Village or commissioner', period: 'Month' },
    state: {
      overdue: 'Overdue',
      due: 'Within its interval',
      visited: 'Visited in the month',
      unvisited: 'Not visited in the month',
      unassigned: 'Unassigned',
      unknown: 'May have been visited',
    },
    column: { township: 'Township', village: 'Village', industries: 'Industries', commissioners: 'Commissioners', last: 'Last visit', days: 'Days', visits: 'Visits {month}', state: 'State' },
    unknownHelp: 'The phone of {names} has not reported: it may have been visited',
    unserved: 'Nobody assigned works in {industries}',
    none: 'No village fits these filters.',
  },
)
