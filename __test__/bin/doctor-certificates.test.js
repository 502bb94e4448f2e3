'use strict'

const { names } = require('../helpers/doctor')

names('certificates', require('./doctor/certificates'))
