/* Written for every browser there is: says in plain words that it is too old for the console. On one that is not it
   asks who is signed in while the scripts that want to know are still on their way (app/session.ts). */
(function () {
  var good = 'noModule' in document.createElement('script') && 'replaceAll' in String.prototype &&
    typeof Promise !== 'undefined' && 'any' in Promise &&
    typeof CSS !== 'undefined' && CSS.supports && CSS.supports('selector(:focus-visible)')
  if (good) {
    window.earlySession = fetch('/v1/session', { credentials: 'same-origin' })
    window.earlySession.catch(function () {})
    return
  }
  document.addEventListener('DOMContentLoaded', function () {
    document.getElementById('too-old').removeAttribute('hidden')
    document.getElementById('app').setAttribute('hidden', 'hidden')
  })
})()
