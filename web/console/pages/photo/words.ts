import { defineWords } from '@shared/words/define'

export const words = defineWords(
  {
    title: '{purpose}照片，第 {n} 张，共 {total} 张',
    untitled: '照片',
    visit: '{day} 走访',
    original: '打开原图',
    originalHelp: '手机发来的原始文件，作为凭据',
    previous: '上一张',
    next: '下一张',
    unknown: '没有这张照片，或者不在您的范围内。',
    back: '回到走访',
    notHere: '照片还没有到：{state}。手机下次上传后就能看到。',
    size: '文件大小 {size}',
    state: { announced: '已登记，还在手机里', partial: '正在上传', complete: '已收到，正在处理', rejected: '已拒收', removed: '已到期清理' },
  },
  {
    title: '{purpose} photo {n} of {total}',
    untitled: 'Photo',
    visit: 'Visit of {day}',
    original: 'Open the original',
    originalHelp: 'The file as the phone sent it, as evidence',
    previous: 'Previous',
    next: 'Next',
    unknown: 'There is no such photo, or it is outside your reach.',
    back: 'Back to the visit',
    notHere: 'The photo is not here: {state}. It will be after the next upload of the phone.',
    size: 'File of {size}',
    state: { announced: 'announced, still on the phone', partial: 'on its way', complete: 'here, being prepared', rejected: 'refused', removed: 'removed after its time' },
  },
)
