#!/usr/bin/env python3
"""Makes the cases of tests/tests/convert.rs with TensorFlow: graphs of one or a few ops, what goes in,
and what TensorFlow gives.

    python make.py [NAME-GLOB]        (tensorflow-cpu 2.21)

A case is a GraphDef as text. The comment lines at its head are

    # in NAME DTYPE SHAPE = NUMBERS         an input, NAME its placeholder
    # out TENSOR DTYPE SHAPE = NUMBERS      an output
    # tolerance NUMBER                      absolute and relative

An input whose placeholder leaves its first dimension open is run with the shape that is given here.
"""
import fnmatch, os, re, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

LARGEST = 16500     # bytes; larger cases are left out of the tree
rng = np.random.RandomState(0)
S, R = tf.TensorSpec, tf.raw_ops


def f(*shape):
    return (rng.randint(-96, 97, shape) / 32).astype(np.float32)


def pos(*shape):
    return (rng.randint(3, 97, shape) / 32).astype(np.float32)


def i(high, *shape):
    return rng.randint(0, high, shape).astype(np.int32)


# name: (function, inputs, whether the first input's first dimension is open, tolerance)
cases = {}
for n in "Abs Ceil Cos Exp Floor Neg Round Rsqrt Sigmoid Sign Sin Sqrt Tanh Erf Erfc Expm1 Log1p Log Softplus Softsign Square Tan Sinh Cosh Reciprocal Elu Relu Relu6 Selu LogSoftmax Softmax IsFinite IsNan IsInf ZerosLike OnesLike Rint L2Loss".split():
    key={'Elu':'features','Relu':'features','Relu6':'features','Selu':'features','Softplus':'features','Softsign':'features','LogSoftmax':'logits','Softmax':'logits','L2Loss':'t'}.get(n,'x')
    a=pos(2,3,4) if n in('Log','Log1p','Sqrt','Rsqrt','Reciprocal') else f(2,3,4)
    cases[n]=((lambda x,n=n,key=key:getattr(R,n)(**{key:x})),[a],False,1e-5)
for n in "AddV2 Sub Mul RealDiv Maximum Minimum SquaredDifference Atan2 Equal NotEqual Less LessEqual Greater GreaterEqual DivNoNan FloorDiv FloorMod Xdivy".split():
    a,b=f(2,3,4),pos(3,1)
    kw=('y','x') if n=='Atan2' else ('x','y')
    cases[n+'_f']=((lambda x,y,n=n,kw=kw:getattr(R,n)(**{kw[0]:x,kw[1]:y})),[a,b],False,1e-5)
for n in "AddV2 Sub Mul Maximum Minimum FloorDiv FloorMod BitwiseXor RightShift LeftShift TruncateMod TruncateDiv Equal Less Pow".split():
    a,b=i(20,3,4)-(0 if n in('RightShift','LeftShift','Pow') else 10),i(4,4)+1
    cases[n+'_i']=((lambda x,y,n=n:getattr(R,n)(x=x,y=y)),[a,b],False,1e-5)
cases['Pow_f']=(lambda x,y:tf.pow(x,y),[pos(3,4),f(4)],False,1e-4)
cases['Xlogy']=(lambda x,y:R.Xlogy(x=x,y=y),[f(3,4),pos(4)],False,1e-5)
cases['AddN']=(lambda x,y,z:tf.add_n([x,y,z]),[f(3),f(3),f(3)],False,1e-5)
cases['LogicalOps']=(lambda x,y:(tf.logical_and(x,y),tf.logical_or(x,y),tf.logical_not(x),tf.math.logical_xor(x,y)),[i(2,5).astype(bool),i(2,5).astype(bool)],False,0)
cases['ApproxEq']=(lambda x,y:R.ApproximateEqual(x=x,y=y,tolerance=.5),[f(5),f(5)],False,0)
kk=f(2,2,4,3)
for pad in ['SAME','VALID']:
    cases['Conv2D_'+pad]=(lambda x,pad=pad:tf.nn.conv2d(x,kk,[1,2,2,1],pad),[f(1,5,5,4)],False,1e-4)
    cases['DW_'+pad]=(lambda x,pad=pad:tf.nn.depthwise_conv2d(x,f0,[1,1,1,1],pad,dilations=[2,2]),[f(1,9,9,4)],False,1e-4)
f0=f(3,3,4,2)
cases['Conv2D_explicit']=(lambda x:tf.nn.conv2d(x,kk,1,[[0,0],[1,2],[0,1],[0,0]]),[f(1,5,5,4)],False,1e-4)
cases['Conv2D_dil']=(lambda x:tf.nn.conv2d(x,kk,1,'SAME',dilations=2),[f(1,5,5,4)],False,1e-4)
cases['Conv2D_group']=(lambda x:tf.nn.conv2d(x,f1,1,'SAME'),[f(1,5,5,4)],False,1e-4); f1=f(2,2,2,4)
cases['Conv2D_bias_bn_relu']=(lambda x:tf.nn.relu6(tf.nn.bias_add(tf.nn.conv2d(x,kk,1,'SAME'),f2)*f3+f2),[f(1,5,5,4)],False,1e-4); f2=f(3);f3=f(3)
cases['Conv2D_dyn']=(lambda x:tf.nn.conv2d(x,kk,2,'SAME'),[f(2,8,8,4)],True,1e-4)
cases['FusedBN']=(lambda x:R.FusedBatchNormV3(x=x,scale=g4,offset=g4,mean=g4,variance=p4,is_training=False)[0],[f(1,5,5,4)],False,1e-4); g4=f(4);p4=pos(4)
cases['FusedBN_train']=(lambda x:R.FusedBatchNormV3(x=x,scale=g4,offset=g4,mean=[],variance=[],is_training=True)[0],[f(2,5,5,4)],False,1e-4)
cases['Conv2DNCHW']=(lambda x:tf.transpose(tf.nn.relu(tf.nn.conv2d(tf.transpose(x,[0,3,1,2]),kk,1,'SAME',data_format='NCHW')),[0,2,3,1]),[f(1,5,5,4)],False,1e-4)
for n in ('max_pool2d','avg_pool2d'):
    cases[n]=(lambda x,n=n:getattr(tf.nn,n)(x,3,2,'SAME'),[f(1,7,7,3)],False,1e-5)
    cases[n+'_v']=(lambda x,n=n:getattr(tf.nn,n)(x,2,1,'VALID'),[f(1,7,7,3)],False,1e-5)
cases['MaxPool3D']=(lambda x:tf.nn.max_pool3d(x,2,2,'VALID'),[f(1,4,6,6,2)],False,1e-5)
cases['AvgPool3D']=(lambda x:tf.nn.avg_pool3d(x,2,2,'VALID'),[f(1,4,6,6,2)],False,1e-5)
cases['MaxPoolExplicit']=(lambda x:R.MaxPool(input=x,ksize=[1,3,3,1],strides=[1,2,2,1],padding='EXPLICIT',explicit_paddings=[0,0,1,1,1,1,0,0]),[f(1,8,8,2)],False,1e-5)
kt=f(3,3,5,4)
for pad in ('SAME','VALID'):
    cases['TConv_'+pad]=(lambda x,pad=pad:tf.nn.bias_add(tf.nn.conv2d_transpose(x,kt,[1,8,8,5] if pad=='SAME' else [1,9,9,5],2,pad),g5),[f(1,4,4,4)],False,1e-4)
g5=f(5)
c3=f(2,3,3,3,4)
cases['Conv3D']=(lambda x:tf.nn.conv3d(x,c3,[1,1,2,2,1],'SAME'),[f(1,4,6,6,3)],False,1e-4)
cases['TConv3D']=(lambda x:tf.nn.conv3d_transpose(x,f4,[1,4,6,6,5],[1,2,2,2,1],'SAME'),[f(1,2,3,3,3)],False,1e-4); f4=f(2,2,2,5,3)
w=f(6,5)
cases['MatMul']=(lambda x:tf.matmul(x,w),[f(3,6)],False,1e-4)
cases['MatMul_ta']=(lambda x:tf.matmul(x,w,transpose_a=True),[f(6,3)],False,1e-4)
cases['MatMul_tb']=(lambda x:tf.matmul(x,w,transpose_b=True),[f(3,5)],False,1e-4)
cases['MatMul_rt']=(lambda x,y:tf.matmul(x,y,transpose_b=True),[f(3,5),f(4,5)],False,1e-4)
cases['MatMul_lhsconst']=(lambda x:tf.matmul(w,x),[f(5,3)],False,1e-4)
cases['BMM']=(lambda x,y:tf.matmul(x,y),[f(2,3,4),f(2,4,5)],False,1e-4)
cases['BMM_bc']=(lambda x,y:tf.matmul(x,y,transpose_b=True),[f(2,3,4),f(1,5,4)],False,1e-4)
cases['BMM_const2']=(lambda x:tf.matmul(x,w),[f(2,3,6)],False,1e-4)
cases['BMM_const2_dyn']=(lambda x:tf.matmul(x,w),[f(2,3,6)],True,1e-4)
for e,sh in {'abc,cd->abd':((2,3,4),(4,5)),'abc,acd->abd':((2,3,4),(2,4,5)),'bfh,hnd->bfnd':((2,3,4),(4,2,5)),'bfnd,btnd->bnft':((2,3,4,5),(2,6,4,5)),'bnft,btnd->bfnd':((2,4,3,6),(2,6,4,5)),'ij,jk->ki':((2,3),(3,4)),'ij->ji':((2,3),),'ijk->ik':((2,3,4),),'...ij,...jk->...ik':((2,3,4),(2,4,5)),'abcd,cde->abe':((2,3,4,5),(4,5,6)),'i,j->ij':((3,),(4,)),'ab,ab->a':((3,4),(3,4)),'abc,abd->abcd':((2,3,4),(2,3,5))}.items():
    cases['Einsum '+e]=(lambda *a,e=e:tf.einsum(e,*a),[f(*s) for s in sh],False,1e-4)
wn=f(4,2,5)
cases['Einsum_dense']=(lambda x:tf.einsum('bfh,hnd->bfnd',x,wn),[f(2,3,4)],False,1e-4)
cases['Einsum_dense_dyn']=(lambda x:tf.einsum('bfh,hnd->bfnd',x,wn),[f(2,3,4)],True,1e-4)
cases['Einsum_attn_dyn']=(lambda x,y:tf.einsum('bfnd,btnd->bnft',x,y),[f(2,3,4,5),f(2,6,4,5)],True,1e-4)
for n in ('sum','mean','max','min','prod'):
    cases['reduce_'+n]=(lambda x,n=n:getattr(tf,'reduce_'+n)(x,[0,-1]),[f(2,3,4)],False,1e-5)
    cases['reduce_'+n+'_k']=(lambda x,n=n:getattr(tf,'reduce_'+n)(x,1,keepdims=True),[f(2,3,4)],True,1e-5)
cases['any_all']=(lambda x:(tf.reduce_any(x,1),tf.reduce_all(x,[0])),[i(2,3,4).astype(bool)],False,0)
cases['argmax']=(lambda x:(tf.argmax(x,-1),tf.argmin(x,0,output_type=tf.int32)),[f(3,4)],False,0)
cases['norm']=(lambda x:tf.norm(x,axis=1),[f(3,4)],False,1e-5)
cases['reshape_dyn']=(lambda x:tf.reshape(x,[tf.shape(x)[0],-1]),[f(2,3,4)],True,0)
cases['reshape_dyn2']=(lambda x:tf.reshape(x,[tf.shape(x)[0],tf.shape(x)[1]*2,2]),[f(2,3,4)],True,0)
cases['flatten_unflat']=(lambda x:tf.reshape(tf.reshape(x,[-1,4])*2.,tf.shape(x)),[f(2,3,4)],True,1e-6)
cases['transpose']=(lambda x:tf.transpose(x,[2,0,1])+1.,[f(2,3,4)],True,0)
cases['squeeze']=(lambda x:tf.squeeze(x,[1])*2.,[f(2,1,4)],False,0)
cases['expand']=(lambda x:tf.expand_dims(x,-1)*2.,[f(2,4)],True,0)
cases['concat']=(lambda x,y:tf.concat([x,y],1),[f(2,3),f(2,4)],False,0)
cases['concat_c']=(lambda x:tf.concat([x,tf.zeros([tf.shape(x)[0],2])],1),[f(2,3)],True,0)
cases['split']=(lambda x:tf.split(x,2,1)[1]*2.,[f(2,4)],False,0)
cases['splitv']=(lambda x:[a*2. for a in tf.split(x,[1,3],-1)],[f(2,4)],False,0)
cases['stack']=(lambda x,y:tf.stack([x,y],1),[f(2,3),f(2,3)],False,0)
cases['unstack']=(lambda x:[a*2. for a in tf.unstack(x,axis=1)],[f(2,3)],False,0)
cases['tile']=(lambda x:tf.tile(x,[2,3]),[f(2,3)],False,0)
cases['slice']=(lambda x:tf.slice(x,[0,1],[-1,2]),[f(2,4)],True,0)
cases['ss1']=(lambda x:x[:,1:3,::2],[f(2,4,5)],False,0)
cases['ss2']=(lambda x:x[...,-1],[f(2,4,5)],True,0)
cases['ss3']=(lambda x:x[:,tf.newaxis,0,::-1],[f(2,4,5)],False,0)
cases['ss4']=(lambda x:x[1:,...,2:,None],[f(2,4,5)],False,0)
cases['ss5']=(lambda x:x[:,-2:],[f(2,4)],True,0)
cases['gather']=(lambda x,y:tf.gather(x,y,axis=1),[f(2,4,3),i(4,2)],False,0)
cases['gather_b']=(lambda x,y:tf.gather(x,y,batch_dims=1,axis=1),[f(2,4,3),i(4,2,2)],False,0)
cases['gather_nd']=(lambda x,y:tf.gather_nd(x,y),[f(2,4,3),i(2,5,2)],False,0)
cases['onehot']=(lambda x:tf.one_hot(x,5),[i(5,2,3)],False,0)
cases['onehot_ax']=(lambda x:tf.one_hot(x,5,2.,1.,axis=1),[i(5,2,3)],False,0)
cases['pad']=(lambda x:tf.pad(x,[[0,0],[1,2]]),[f(2,3)],True,0)
cases['padv2']=(lambda x:tf.pad(x,[[0,0],[1,2]],constant_values=3.),[f(2,3)],False,0)
cases['mirror']=(lambda x:(tf.pad(x,[[0,0],[1,2]],'REFLECT'),tf.pad(x,[[1,0],[1,2]],'SYMMETRIC')),[f(2,4)],False,0)
cases['reverse']=(lambda x:tf.reverse(x,[0,2]),[f(2,3,4)],False,0)
cases['roll']=(lambda x:tf.roll(x,[1,-2],[0,1]),[f(3,4)],False,0)
cases['revseq']=(lambda x,y:tf.reverse_sequence(x,y,seq_axis=1,batch_axis=0),[f(3,4),np.array([1,3,4],np.int32)],False,0)
cases['resize_b']=(lambda x:tf.image.resize(x,[6,8]),[f(1,3,4,2)],False,1e-5)
cases['resize_n']=(lambda x:tf.image.resize(x,[6,8],'nearest'),[f(1,3,4,2)],False,1e-5)
cases['resize_ac']=(lambda x:tf.compat.v1.image.resize_bilinear(x,[6,7],align_corners=True),[f(1,3,4,2)],False,1e-5)
cases['resize_up_dyn']=(lambda x:tf.image.resize(x,2*tf.shape(x)[1:3]),[f(1,3,4,2)],True,1e-5)
cases['d2s']=(lambda x:tf.nn.depth_to_space(x,2),[f(1,3,4,8)],False,0)
cases['s2d']=(lambda x:tf.nn.space_to_depth(x,2),[f(1,4,4,2)],False,0)
cases['s2b']=(lambda x:tf.space_to_batch(x,[2,2],[[0,0],[1,1]]),[f(1,4,4,2)],False,0)
cases['b2s']=(lambda x:tf.batch_to_space(x,[2,2],[[0,0],[1,0]]),[f(4,4,4,2)],False,0)
cases['select']=(lambda c,x,y:tf.where(c,x,y),[i(2,3,1).astype(bool),f(3,4),f(4)],False,0)
cases['select1']=(lambda c,x,y:R.Select(condition=c,x=x,y=y),[i(2,3).astype(bool),f(3,4),f(3,4)],False,0)
cases['clip']=(lambda x:tf.clip_by_value(x,-.5,.7),[f(3,4)],False,0)
cases['relu6_minmax']=(lambda x:tf.minimum(tf.maximum(x,0.),6.)+tf.maximum(x,.2*x),[f(3,4)*4],False,1e-6)
cases['hswish']=(lambda x:x*tf.nn.relu6(x+3.)/6.,[f(3,4)*4],False,1e-5)
cases['hswish2']=(lambda x:x*(tf.nn.relu6(x+3.)*(1/6)),[f(3,4)*4],False,1e-5)
cases['gelu']=(lambda x:tf.nn.gelu(x),[f(3,4)],False,1e-5)
cases['gelu_t']=(lambda x:tf.nn.gelu(x,approximate=True),[f(3,4)],False,1e-5)
cases['gelu_k3']=(lambda x:.5*x*tf.math.erfc(-x*np.float32(np.sqrt(.5))),[f(3,4)],False,1e-5)
cases['leaky']=(lambda x:tf.nn.leaky_relu(x,.1),[f(3,4)],True,0)
cases['l2norm']=(lambda x:tf.nn.l2_normalize(x,-1),[f(3,4)],False,1e-5)
cases['lrn']=(lambda x:tf.nn.lrn(x),[f(1,3,3,8)],False,1e-5)
cases['cumsum']=(lambda x:tf.cumsum(x,1,exclusive=True,reverse=True),[f(3,4)],False,1e-5)
cases['scatter_nd']=(lambda x,y:tf.scatter_nd(x,y,[6,3]),[np.array([[1],[3],[1]],np.int32),f(3,3)],False,1e-6)
cases['tsu']=(lambda t,x,y:tf.tensor_scatter_nd_update(t,x,y),[f(6,3),np.array([[1],[3]],np.int32),f(2,3)],False,0)
cases['tsa']=(lambda t,x,y:(tf.tensor_scatter_nd_add(t,x,y),tf.tensor_scatter_nd_sub(t,x,y)),[f(6,3),np.array([[1],[3]],np.int32),f(2,3)],False,1e-6)
cases['segsum']=(lambda x:tf.math.segment_sum(x,[0,0,1]),[f(3,4)],False,1e-6)
cases['useg']=(lambda x,y:(tf.math.unsorted_segment_sum(x,y,3),tf.math.unsorted_segment_max(x,y,3),tf.math.unsorted_segment_min(x,y,3),tf.math.unsorted_segment_prod(x,y,3)),[f(4,2),np.array([0,1,2,1],np.int32)],False,1e-6)
cases['topk']=(lambda x:tf.math.top_k(x,2),[f(3,5)],False,0)
cases['unique']=(lambda x:tf.unique(x),[i(4,7)],False,0)
cases['where1']=(lambda x:tf.where(x),[i(2,3,4).astype(bool)],False,0)
cases['diag']=(lambda x:tf.linalg.diag(x),[f(2,3)],False,0)
cases['setdiag']=(lambda x,y:tf.linalg.set_diag(x,y),[f(2,3,3),f(2,3)],False,0)
cases['band']=(lambda x:tf.linalg.band_part(x,1,0),[f(2,4,4)],False,0)
cases['rfft']=(lambda x:tf.abs(tf.signal.rfft(x)),[f(2,16)],False,1e-4)
cases['rfft2']=(lambda x:(tf.math.real(tf.signal.rfft2d(x)),tf.math.imag(tf.signal.rfft2d(x))),[f(8,16)],False,1e-4)
cases['cast']=(lambda x:(tf.cast(x,tf.int32),tf.cast(x,tf.bool),tf.cast(tf.cast(x,tf.int64),tf.float32)),[f(3,4)*3],False,0)
cases['bucketize']=(lambda x:R.Bucketize(input=x,boundaries=[-1.,0.,1.]),[f(3,4)],False,0)
cases['bitcast']=(lambda x:tf.bitcast(x,tf.int32),[f(3,4)],False,0)
cases['fill_range']=(lambda x:tf.cast(tf.range(tf.shape(x)[0]),tf.float32)[:,None]+x+tf.fill(tf.shape(x),2.),[f(3,4)],True,0)
cases['linspace']=(lambda x:x+tf.linspace(0.,1.,4),[f(3,4)],False,1e-6)
cases['size_rank']=(lambda x:(tf.size(x)*2,tf.rank(x)+tf.shape(x)[0]),[f(3,4)],True,0)
cases['bcast']=(lambda x:tf.broadcast_to(x,[2,3,4]),[f(3,1)],False,0)
cases['bcast_dyn']=(lambda x,y:tf.broadcast_to(x,tf.broadcast_dynamic_shape(tf.shape(x),tf.shape(y))),[f(1,4),f(3,1)],True,0)
cases['fq']=(lambda x:tf.quantization.fake_quant_with_min_max_args(x,-3,3),[f(3,4)],False,1e-5)
cases['fqpc']=(lambda x:tf.quantization.fake_quant_with_min_max_vars_per_channel(x,[-1.,-2.,-3.,-.5],[1.,2.,1.,.7]),[f(3,4)],False,1e-5)
cases['nms4']=(lambda b,s:tf.image.non_max_suppression_padded(b,s,4,.5,pad_to_max_output_size=True),[np.sort(rng.rand(8,2,2),1).reshape(8,4).astype(np.float32),pos(8)],False,0)
cases['nms3']=(lambda b,s:tf.image.non_max_suppression(b,s,4,.5),[np.sort(rng.rand(8,2,2),1).reshape(8,4).astype(np.float32),pos(8)],False,0)
cases['nms5']=(lambda b,s:tf.image.non_max_suppression_with_scores(b,s,4,.5,soft_nms_sigma=.3),[np.sort(rng.rand(8,2,2),1).reshape(8,4).astype(np.float32),pos(8)],False,1e-5)
cases['dynstitch']=(lambda x,y:tf.dynamic_stitch([[0,2],[1,3]],[x,y]),[f(2,3),f(2,3)],False,0)
cases['cond']=(lambda x:tf.cond(tf.reduce_sum(x)>0,lambda:x*2.,lambda:x-1.),[f(3,4)],False,1e-6)

cases['while']=(lambda x:tf.while_loop(lambda n,v:n<5,lambda n,v:(n+1,v*1.5+x),[0,x])[1],[f(3,4)],False,1e-4)
cases['while_grow']=(lambda x:tf.while_loop(lambda n,v:n<3,lambda n,v:(n+1,tf.concat([v,x],0)),[0,x],shape_invariants=[tf.TensorShape([]),tf.TensorShape([None,4])])[1],[f(3,4)],False,1e-4)

cases['map_fn']=(lambda x:tf.map_fn(lambda r:tf.reduce_sum(r)*r,x),[f(3,4)],False,1e-5)
cases['map_fn_dyn']=(lambda x:tf.map_fn(lambda r:tf.reduce_sum(r)*r,x),[f(3,4)],True,1e-5)
cases['scan']=(lambda x:tf.scan(lambda a,r:a+r,x),[f(3,4)],False,1e-5)
cases['layernorm']=(lambda x:tf.nn.batch_normalization(x,*tf.nn.moments(x,[-1],keepdims=True),g4,g4,1e-3),[f(3,4)],True,1e-4)
cases['dup_out']=(lambda x:(x*2.,x*2.,x),[f(3,4)],False,0)
cases['const_out']=(lambda x:(x*2.,tf.constant([1.,2.])),[f(3,4)],False,0)


def numbers(a):
    a = a.reshape(-1)
    return " ".join(repr(float(x)) if a.dtype.kind == "f" else str(int(x)) for x in a)


def line(kind, name, a):
    return f"# {kind} {name} {a.dtype.name} {','.join(map(str, a.shape)) or '-'} = {numbers(a)}\n"


def frozen(fn, inputs, dynamic):
    spec = [S([None if dynamic and k == d == 0 else n for d, n in enumerate(a.shape)], a.dtype, name=f"x{k}")
            for k, a in enumerate(inputs)]

    def wrapped(*args):
        r = fn(*args)
        return [tf.identity(t) for t in (r if isinstance(r, (list, tuple)) else [r])]
    concrete = tf.function(wrapped).get_concrete_function(*spec)
    want = [t.numpy() for t in concrete(*map(tf.constant, inputs))]
    return convert_variables_to_constants_v2(concrete, lower_control_flow=False), want


def make(name, fn, inputs, dynamic, tolerance):
    graph, want = frozen(fn, inputs, dynamic)
    head = "".join(line("in", t.name.split(":")[0], a) for t, a in zip(graph.inputs, inputs))
    head += "".join(line("out", t.name, a) for t, a in zip(graph.outputs, want))
    definition = graph.graph.as_graph_def()
    for node in list(definition.node) + [n for g in definition.library.function for n in g.node_def]:
        for k in [k for k in node.attr if k.startswith("_")]:
            del node.attr[k]
    for function in definition.library.function:
        function.ClearField("attr")
        function.ClearField("arg_attr")
    text = f"{head}# tolerance {tolerance or 1e-6}\n{text_format.MessageToString(definition)}"
    if len(text) > LARGEST:
        return print(f"{name}: {len(text)} bytes, left out")
    file = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") + ".pbtxt"
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), file), "w") as out:
        out.write(text)


if __name__ == "__main__":
    for name, case in cases.items():
        if fnmatch.fnmatch(name, (sys.argv[1:] or ["*"])[0]):
            make(name, *case)
