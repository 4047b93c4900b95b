import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    caption: '{village}的走访记录',
    visits: '走访记录',
    last: '上次走访',
    interval: '走访间隔',
    month: '{month}走访',
    who: '责任特派员',
    since: '{name}，{from}起',
    until: '{name}，{from}至{to}',
    industries: '产业',
    mayHave: '{names} 的手机尚未上传，可能已经走访。',
    unknown: '没有这个村，或者不在您的范围内。',
    back: '回到村列表',
  },
  {
    caption: 'Visits of {village}',
    visits: 'Visits',
    last: 'Last visit',
    interval: 'Interval',
    month: 'Visits {month}',
    who: 'Commissioners',
    since: '{name}, since {from}',
    until: '{name}, {from} to {to}',
    industries: 'Industries',
    mayHave: 'The phone of {names} has not reported: the village may have been visited.',
    unknown: 'There is no such village, or it is outside your reach.',
    back: 'Back to the villages',
  },
)
