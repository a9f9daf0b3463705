// What a module of the app may do at any time, such as while a screen is shown.
setTimeout(() => {
  throw new Error('out of luck')
}, 500)
